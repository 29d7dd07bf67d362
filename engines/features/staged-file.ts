/** A local copy of source bytes, under their digest. */
export interface StagedFile {
  readonly staged: string;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Encoding of an encrypted payload. It is a name of our own: what another team's codec encrypted (`binary/encrypted`) is not taken for
 * ours.
 */
export const ENCRYPTED = 'binary/perennial-aes-256-gcm';
/** Metadata of an encrypted payload that names its key. */
export const KEY_ID = 'encryption-key-id';
/** Metadata with which a worker's codec says, to its payload converter, why it left an encrypted payload as it is. */
export const UNDECRYPTABLE = 'undecryptable';

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endState, type EndState } from './end-state.js';
import { Plant } from './plant.js';
import { tellStory } from './story.js';
import { strikes, type Strike, type Struck } from './strike.js';

/** A story that was told to its end. */
export interface StoryEnd extends EndState {
  readonly struck: readonly Struck[];
}

/** Tells a story from nothing, with processes of its own that are killed as planned; nothing is left of it but its end. */
export async function runStory(planned: readonly Strike[] = []): Promise<StoryEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-chaos-'));
  const struck: Struck[] = [];
  const plant = await Plant.start(folder);
  try {
    const told = await tellStory(
      plant,
      strikes(plant, planned, (one) => struck.push(one)),
    );
    return { ...(await endState(plant, told)), struck };
  } finally {
    await plant.stop();
    if (process.env['PERENNIAL_KEEP'] !== '1') rmSync(folder, { recursive: true, force: true });
  }
}

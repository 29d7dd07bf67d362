import { sleep } from '@temporalio/workflow';

/** Sleeps once, durably, and says so. */
export async function timer(milliseconds: number): Promise<string> {
  await sleep(milliseconds);
  return 'fired';
}

import { createCodecApp } from './app.js';
import { readCodecConfig } from './config.js';

/** Entry point of the codec server: configuration from the environment, one line when it listens, ends when told to. */
async function main(): Promise<void> {
  const config = readCodecConfig(process.env);
  const app = createCodecApp(config);
  const url = await app.listen({ host: config.host, port: config.port });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close());
  process.stdout.write(`${JSON.stringify({ event: 'listening', url, origins: config.origins })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

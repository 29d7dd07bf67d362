import { examine, renderFindings } from '../../servers/doctor.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { saying } from '../waiting.js';

/** `perennial doctor` */
export function addDoctor(cli: Cli): void {
  cli.add<object>({
    usage: 'doctor',
    summary: 'what is missing on this machine, and how to get it',
    details: 'Exit code 1 when something is missing.',
    example: 'perennial doctor',
    connects: false,
    action: async ({ io, print }) => {
      const findings = await saying(io, 'looking at this machine', examine({ env: io.env }));
      print(findings, () => [renderFindings(findings)]);
      return findings.some(({ status }) => status === 'missing') ? EXIT.error : EXIT.ok;
    },
  });
}

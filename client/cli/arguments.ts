import { durationSchema } from '../../domain/duration.js';
import { instantSchema } from '../../domain/references.js';
import { badInput } from './exit-codes.js';

/** Parses a version number given on the command line. */
export function versionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw badInput('version', text, 'a whole number from 1', 'See `perennial versions <model>`.');
}

/** Parses how many of something to show. */
export function howMany(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw badInput('number', text, 'a whole number from 1 to 9999', "Write it like '20'.");
}

/** Parses an instant, also a plain date (midnight UTC), into its stored form. */
export function instantText(text: string): string {
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const parsed = instantSchema.safeParse(full);
  if (parsed.success) return new Date(full).toISOString();
  throw badInput(
    'time',
    text,
    'ISO 8601, UTC or with an offset',
    "Write it like '2026-03-01' or '2026-03-01T06:00:00Z'.",
  );
}

/** Parses a duration. */
export function durationText(text: string): string {
  if (durationSchema.safeParse(text).success) return text;
  throw badInput('duration', text, 'a number and a unit', "Write it like '14 days' or '36 hours'.");
}

/** Parses a TCP port. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw badInput('port', text, 'a whole number from 0 to 65535', '0 takes any free port.');
}

/** Parses a URL with http or https. */
export function httpUrl(text: string): string {
  if (/^https?:\/\/[^\s/]/.test(text) && URL.canParse(text)) return text;
  throw badInput('URL', text, 'http://… or https://…', "Write it like 'http://127.0.0.1:8080'.");
}

/** Parses who may approve: `group=name,name`; may be given several times. */
export function approvers(text: string, before: Record<string, string[]> = {}): Record<string, string[]> {
  const match = /^([\w.-]+)=([^,=]+(?:,[^,=]+)*)$/.exec(text);
  if (match !== null) return { ...before, [String(match[1])]: String(match[2]).split(',') };
  throw badInput('--approvers', text, 'group=name,name', "Write it like 'ml-leads=ada,grace'.");
}

/** Parses names separated by commas. */
export function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw badInput('names', text, 'names separated by commas', "Write it like 'no,yes'.");
}

/** Collects a flag that may be given several times. */
export const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

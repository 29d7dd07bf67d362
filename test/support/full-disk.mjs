/**
 * Loaded into a process before its own code: while the file that PERENNIAL_TEST_FULL_DISK names exists, its disk is full. Files that
 * have their room can still be written over; an append stops half-way, as on a real disk.
 */
import { existsSync, promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const flag = process.env['PERENNIAL_TEST_FULL_DISK'] ?? '';
const { open, writeFile } = promises;

function failIfFull() {
  if (!existsSync(flag)) return;
  const error = new Error('ENOSPC: no space left on device, write');
  throw Object.assign(error, { code: 'ENOSPC', errno: -28, syscall: 'write' });
}

promises.open = async (path, flags, mode) => {
  const file = await open(path, flags, mode);
  if (flags === 'r' || flags === 'r+') return file;
  const write = file.writeFile.bind(file);
  const append = file.appendFile.bind(file);
  file.writeFile = async (content, options) => {
    failIfFull();
    return write(content, options);
  };
  file.appendFile = async (content, options) => {
    if (existsSync(flag)) await append(String(content).slice(0, String(content).length >> 1));
    failIfFull();
    return append(content, options);
  };
  return file;
};
promises.writeFile = async (path, content, options) => {
  failIfFull();
  return writeFile(path, content, options);
};
syncBuiltinESMExports();

/** Training by a program of the team's own: run in a process group of its own, watched, and held to its contract. */
export { type Program, type Programs, programsSchema } from './program.js';
export { TRY_AGAIN_CODE, unknownCommand, wrongOutput } from './program-errors.js';
export { type ProgramProgress, progressOf } from './progress.js';
export { inputsOf, requestContent, RUN_FILES, type ProgramOutputs } from './run-folder.js';
export { programVersion, timeoutOf, trainByProgram, type ProgramTraining } from './train-by-program.js';

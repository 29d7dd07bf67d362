import { defineModel } from '../../domain/spec/spec.js';
import bikeDemand from './model.js';

/** The same demand by boosted trees with their default values: `npm run demo -- --trainer trees`. Nothing in it was tuned. */
export default defineModel({ ...bikeDemand, trainer: { kind: 'trees' } });

// The inner loops of boosted trees. Every function is a plain function of addresses in one imported memory; nothing is
// allocated here. The TypeScript twin in ../kernel-javascript*.ts gives the same bytes.
export { binNumbers, interleave, sampleRows, partition, addLeaf, addTree, softmax } from './rows';
export { histogram, subtract, merge, clear } from './histogram';
export { gradients, quantise, sumGradients } from './gradients';
export { scan } from './scan';
export { help } from './help';

import type { GraphBuilder } from '../../inference/graph-builder.js';
import { exponentialConstants, powerOfTwo } from './kernel-math.js';

const INT64 = 7;
const DOUBLE = 11;
/** Halves of the exponents that exp(x) can need: k / 2 for k from −1077 to 1024. */
const LEAST_HALF = -540;
const MOST_HALF = 513;

/**
 * Adds e^x for a double tensor [N, W], equal to {@link exponential} to the last bit: ONNX Runtime's own `Exp` depends on the
 * processor, while elementwise +, −, ×, ÷ and Floor are fixed by IEEE 754. Powers of two come from a table.
 */
export function addExponential(graph: GraphBuilder, x: string): string {
  const { ln2High, ln2Low, inverseLn2, most, polynomial } = exponentialConstants;
  const number = (value: number): string => graph.constant({ element: 'double', dims: [], values: [value] });
  const op = (name: string, ...inputs: string[]): string => graph.node({ op: name, inputs });
  const within = op('Clip', x, number(-746), number(most));
  const k = op('Floor', op('Add', op('Mul', within, number(inverseLn2)), number(0.5)));
  const high = op('Sub', within, op('Mul', k, number(ln2High)));
  const low = op('Mul', k, number(ln2Low));
  const r = op('Sub', high, low);
  const t = op('Mul', r, r);
  const [first = 0, ...others] = polynomial.toReversed();
  let sum = number(first);
  for (const coefficient of others) sum = op('Add', number(coefficient), op('Mul', t, sum));
  const c = op('Sub', r, op('Mul', t, sum));
  const quotient = op('Div', op('Mul', r, c), op('Sub', number(2), c));
  const y = op('Sub', number(1), op('Sub', op('Sub', low, quotient), high));
  const half = op('Floor', op('Mul', k, number(0.5)));
  const scaled = op('Mul', op('Mul', y, addPower(graph, half)), addPower(graph, op('Sub', k, half)));
  return op('Where', op('Greater', x, number(most)), number(Infinity), scaled);
}

function addPower(graph: GraphBuilder, exponent: string): string {
  const values = Array.from({ length: MOST_HALF - LEAST_HALF + 1 }, (_, i) => powerOfTwo(i + LEAST_HALF));
  const table = graph.constant({ element: 'double', dims: [values.length], values });
  const start = graph.constant({ element: 'double', dims: [], values: [-LEAST_HALF] });
  const place = graph.node({ op: 'Add', inputs: [exponent, start] });
  const index = graph.node({ op: 'Cast', inputs: [place], attributes: { to: { int: INT64 } } });
  return graph.node({ op: 'Gather', inputs: [table, index] });
}

/** The type attribute of a cast to double. */
export const toDouble = { to: { int: DOUBLE } } as const;

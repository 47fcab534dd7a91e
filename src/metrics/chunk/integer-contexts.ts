/**
 * A number is written as: its size in bits, by the way to it in a tree; its sign; the bits below the highest, the first four of
 * them as a habit of numbers of that size, the rest as they are. What is usual is learnt in the light of the number before.
 */
import { firstState } from './bit-model.ts';

/** Sizes of the tree; no number has more than 53 bits. */
const SIZES = 57;
const GROUP_BITS = 3;
const GROUP = 8;

/** Nodes of the tree: whether the size is 0; whether it is in the first group of eight, the second and so on; within each. */
const AT_GROUPS = 1;
const LAST_GROUP = 6;
const AT_SIZES = 8;
const NODES = 64;

/** Ends of the tree are numbered behind its nodes: this and the size. */
const LEAVES = NODES;

/** How many bits below the highest are a habit. */
const HABIT_BITS = 4;

/** Sizes of the number before that are told apart: 0, 1 and 2, 3 and 4, and so on. */
const CLASSES = (SIZES + 1) >>> 1;

/** Then contexts for signs, by the number before: 0, positive, negative; then of each size 16 for habits. */
const AT_SIGNS = CLASSES * NODES;
const AT_HABITS = AT_SIGNS + 4;
const HABITS = 1 << HABIT_BITS;
const CONTEXTS = AT_HABITS + SIZES * HABITS;

/** Where the contexts of the tree begin, by the size of the number before. */
export function treeAfter(size: number): number {
  return ((size + 1) >>> 1) * NODES;
}

/** The context for a sign, by the number before: 0 after a zero, 1 after a positive one, 2 after a negative one. */
export function signAfter(sign: number): number {
  return AT_SIGNS + sign;
}

/** Where the contexts begin for the habits of a size; each is known by the bits before, behind a leading 1. */
export function habitsOf(size: number): number {
  return AT_HABITS + size * HABITS;
}

/** The highest bit and the habits of numbers of a size are not below this. */
export function lastHabitOf(size: number): number {
  return size > HABIT_BITS ? HABITS : 1 << (size - 1);
}

/** How many bits follow of which nothing is known. */
export function plainBitsOf(size: number): number {
  return size > HABIT_BITS + 1 ? size - 1 - HABIT_BITS : 0;
}

/** Where the steps to a size begin in the list of all ways; they end where those to the next size begin. */
export function startOfWay(size: number): number {
  return WAY_STARTS[size] as number;
}

/** `2 * node + bit` of a step in the list of all ways. */
export function stepOfWay(index: number): number {
  return WAYS[index] as number;
}

/** Where a step of the tree leads to. */
export function stepFrom(node: number, bit: number): number {
  return NEXT[2 * node + bit] as number;
}

export function isLeaf(node: number): boolean {
  return node >= LEAVES;
}

export function sizeAt(leaf: number): number {
  return leaf - LEAVES;
}

/** The way to a size: at each step `2 * node + bit`. */
function wayTo(size: number): number[] {
  if (size === 0) return [1];
  const group = (size - 1) >>> GROUP_BITS;
  const groups = Array.from({ length: Math.min(group + 1, LAST_GROUP) }, (_, index) => ({
    node: AT_GROUPS + index,
    bit: index === group ? 1 : 0,
  }));
  const within = Array.from({ length: GROUP_BITS }, (_, index) => ({
    node: AT_SIZES + group * GROUP + ((GROUP + ((size - 1) % GROUP)) >>> (GROUP_BITS - index)),
    bit: ((size - 1) >>> (GROUP_BITS - 1 - index)) & 1,
  }));
  return [0, ...[...groups, ...within].map(({ node, bit }) => 2 * node + bit)];
}

const ways = Array.from({ length: SIZES }, (_, size) => wayTo(size));

/** All ways one after the other. */
const WAYS = Int32Array.from(ways.flat());
const WAY_STARTS = Int32Array.from({ length: SIZES + 1 }, (_, size) => ways.slice(0, size).flat().length);

const NEXT = new Int32Array(2 * NODES).fill(LEAVES);
for (const [size, way] of ways.entries()) {
  for (const [index, step] of way.entries())
    NEXT[step] = index + 1 < way.length ? (way[index + 1] as number) >>> 1 : LEAVES + size;
}

const EVEN = 32_768;
const RARE = 8_192;

/** What is believed before anything was seen: a number is about as large as the one before, and none is very large. */
export const FIRST_STATES = new Uint32Array(CONTEXTS).fill(firstState(EVEN));
for (let of = 0; of < CLASSES; of += 1) {
  FIRST_STATES[of * NODES] = firstState(of === 0 ? 49_152 : RARE);
  for (let group = 0; group < LAST_GROUP; group += 1) {
    const isBelow = of > 0 && group < (of - 1) >>> 2;
    FIRST_STATES[of * NODES + AT_GROUPS + group] = firstState(isBelow ? RARE : 53_248);
  }
}

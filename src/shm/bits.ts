/** Words as sets of bits. */

/** The place of the lowest bit of `bits` that is set; `bits` is not 0. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

import type { Random } from '../roles/protocol.js';

/**
 * The xoshiro128** generator (Blackman and Vigna, 2018), one stream a rank: the state is drawn
 * from the run's seed and the stream's number by splitmix32, so equal seeds give equal runs and
 * streams do not overlap in practice.
 */
export class Xoshiro implements Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number, stream: number) {
    let state = (Math.imul(seed | 0, 0x9e3779b1) + Math.imul(stream + 1, 0x85ebca6b)) | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const { b } = this;
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    this.c ^= this.a;
    this.d ^= b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= b << 9;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** A uniform integer in [0, bound), by multiplication: the bias is below bound / 2^31. */
  below(bound: number): number {
    return Math.floor((this.bits() >>> 1) * (bound / 0x80000000));
  }
}

/**
 * The xoshiro128** generator (Blackman and Vigna, 2018), one stream a rank: the state is drawn
 * from the run's seed and the stream's number by splitmix32, so equal seeds give equal choices.
 */
@unmanaged
export class Random {
  a: i32;
  b: i32;
  c: i32;
  d: i32;

  seed(seed: i32, stream: i32): void {
    let state = seed * 0x9e3779b1 + (stream + 1) * 0x85ebca6b;
    this.a = mix((state += 0x9e3779b9));
    this.b = mix((state += 0x9e3779b9));
    this.c = mix((state += 0x9e3779b9));
    this.d = mix((state += 0x9e3779b9)) | 1;
  }

  /** A uniform integer in [0, bound), by multiplication: the bias is below bound / 2^32. */
  below(bound: i32): i32 {
    return <i32>((<u64>(<u32>this.bits()) * <u64>bound) >> 32);
  }

  /** A uniform number from 0, below 1, in steps of 2^-32. */
  next(): f64 {
    return <f64>(<u32>this.bits()) / 4294967296.0;
  }

  private bits(): i32 {
    const b = this.b;
    const result = rotl<i32>(b * 5, 7) * 9;
    this.c ^= this.a;
    this.d ^= b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= b << 9;
    this.d = rotl<i32>(this.d, 11);
    return result;
  }
}

function mix(state: i32): i32 {
  let mixed = (state ^ (state >>> 16)) * 0x21f0aaad;
  mixed = (mixed ^ (mixed >>> 15)) * 0x735a2d97;
  return mixed ^ (mixed >>> 15);
}

/** One round of a 64-bit mixing function: splitmix64's finaliser. */
export function mixWide(value: u64): u64 {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/** In the file's order, as for streaming. */
export function sequential(from: i32): i32 {
  return from;
}

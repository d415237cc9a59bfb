/** The chunks one after the other, in memory of their own. */
export const joinedBytes = (chunks: readonly Uint8Array[]): Uint8Array => {
  let size = 0
  for (const chunk of chunks) size += chunk.length
  const all = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

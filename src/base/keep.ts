/** Adds an entry as the newest of at most `limit`; the oldest goes when there are too many. */
export const keep = <V>(map: Map<string, V>, key: string, value: V, limit: number): void => {
  map.delete(key)
  if (limit === 0) return
  if (map.size >= limit) map.delete(map.keys().next().value!)
  map.set(key, value)
}

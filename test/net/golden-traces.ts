/** The cuts between packets are the network's affair, not the face's. */
const joinData = (events: string[]): string[] => {
  const joined: string[] = []
  for (const event of events) {
    const [what, bytes] = event.split('.data ')
    const [before, sum] = joined.at(-1)?.split('.data ') ?? []
    if (bytes !== undefined && before === what && sum !== undefined)
      joined[joined.length - 1] = `${what}.data ${Number(sum) + Number(bytes)}`
    else joined.push(event)
  }
  return joined
}

/** The events of each side, in its order; how the two interleave depends on the speed of the network. */
export const bySide = (events: string[]) => {
  const of = (prefix: string) => joinData(events.filter(event => event.startsWith(prefix)))
  return { client: of('C'), server: of('S'), listener: of('s') }
}

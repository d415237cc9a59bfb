/** Handles that are open, for leak finders and for the question why a process does not end. */
import type { Surroundings } from './install.ts'
import { ownerOf } from './node-inside.ts'

interface Looked {
  getActiveResourcesInfo?(): string[]
  _getActiveHandles?(): object[]
}

interface Referenced {
  hasRef?(): boolean
}

/** The sockets and servers of the stack that have a ref, as Node counts the kernel's. */
const openOn = ({ stack }: Surroundings): { sockets: object[]; servers: object[] } => ({
  sockets: stack.sockets
    .list()
    .filter(socket => (socket as unknown as { _handle: Referenced | null })._handle?.hasRef?.() ?? false),
  servers: stack.servers
    .list()
    .filter(handle => (handle as Referenced).hasRef?.())
    .map(handle => ownerOf(handle) ?? handle),
})

/**
 * @param opened what there is already; to look opens nothing
 * @returns undoes it
 */
export const installSeen = (opened: () => Surroundings | null): (() => void) => {
  const looked = process as unknown as Looked
  const { getActiveResourcesInfo, _getActiveHandles } = looked
  if (getActiveResourcesInfo !== undefined)
    looked.getActiveResourcesInfo = () => {
      const around = opened()
      const theirs = getActiveResourcesInfo.call(process)
      if (around === null) return theirs
      const { sockets, servers } = openOn(around)
      return [...theirs, ...servers.map(() => 'TCPServerWrap'), ...sockets.map(() => 'TCPSocketWrap')]
    }
  if (_getActiveHandles !== undefined)
    looked._getActiveHandles = () => {
      const around = opened()
      const theirs = _getActiveHandles.call(process)
      if (around === null) return theirs
      const { sockets, servers } = openOn(around)
      return [...theirs, ...servers, ...sockets]
    }
  return () => Object.assign(looked, { getActiveResourcesInfo, _getActiveHandles })
}

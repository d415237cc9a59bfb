/** The handles of ours that Node's sockets and servers have, from when they are made until they are closed. */

/** The names by which Node lists its own. */
type Kind = 'TCPServerWrap' | 'TCPSocketWrap'

interface Handle {
  hasRef(): boolean
}

const handles = new Map<Handle, Kind>()

export const handleMade = (handle: Handle, kind: Kind): void => {
  handles.set(handle, kind)
}

export const handleClosed = (handle: Handle): void => {
  handles.delete(handle)
}

/** Those that keep the process alive. */
export const openHandles = (): [handle: Handle, kind: Kind][] =>
  [...handles].filter(([handle]) => handle.hasRef())

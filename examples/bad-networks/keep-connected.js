/**
 * The program under test: keeps a connection, and says hello on each. When one ends, the next is tried after 1 s,
 * then 2 s, 4 s … up to 30 s; a second that nothing is heard in is an end, too.
 */
export const keepConnected = connect => {
  let delay = 1000
  let stopped = false
  let socket
  const open = () => {
    if (stopped) return
    socket = connect()
    const timeout = setTimeout(() => socket.destroy(), 1000)
    socket.on('error', () => {})
    socket.on('data', () => {
      clearTimeout(timeout)
      delay = 1000
    })
    socket.on('close', () => {
      clearTimeout(timeout)
      setTimeout(open, delay)
      delay = Math.min(2 * delay, 30_000)
    })
    socket.write('hello')
  }
  open()
  return () => {
    stopped = true
    socket.destroy()
  }
}

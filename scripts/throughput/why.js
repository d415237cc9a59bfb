/** Why a figure of ours is below the kernel's of so many runs, where that is known; a sentence, or null. */
export const whyLow = ({ loss, window }, runs) => {
  if (runs === 1 && loss === 0.001)
    return 'a single run of ten seconds sees some ten losses, and where the first of them falls decides how far slow start gets: it is no measure.'
  if (window === 8192)
    return 'the window has room for 5.66 segments. Only whole ones leave (RFC 9293 §3.8.6.2.1), and the ACK of one of the five waits for another: four go each round trip. The kernel fills the window to its edge.'
  return null
}

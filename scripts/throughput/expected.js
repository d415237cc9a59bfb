/** Theory's expectation of a long transfer, bits a second. */

const MSS = 1448
const PACKET = 1500
/** RFC 9438 §4.1, §5.1. */
const C = 0.4
const BETA = 0.7

/** The text that a link of so many bits a second carries at best. */
const most = ({ rate }) => (rate * MSS) / PACKET

const windowed = (segments, path) => Math.min(most(path), (8 * MSS * segments) / (path.rtt / 1000))

/** The response function of AIMD (RFC 5681's: Mathis et al., 1997), every segment counted: sqrt(3 / 2p) segments. */
const reno = path => windowed(Math.sqrt(3 / (2 * path.loss)), path)

/** RFC 9438 §5.1's equation for the average window, or Reno's where that is larger (§4.3). */
const cubic = path => {
  const segments = ((C * (3 + BETA)) / (4 * (1 - BETA))) ** 0.25 * (path.rtt / 1000 / path.loss) ** 0.75
  return Math.max(reno(path), windowed(segments, path))
}

/** The whole link: losses below its threshold of 2 % are no sign of congestion to it. */
const bbr = path => most(path) * (1 - path.loss)

const models = { reno, cubic, bbr, bbr1: bbr }

export const expected = path => models[path.control](path)

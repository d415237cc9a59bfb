/**
 * Requirements that no test proves, and why. Whoever proves one takes its line out. One line a row: several people
 * work on it at once.
 */

const NO_SECURITY = 'no IP security options: RFC 9293 appendix A.1.2 lets other hosts ignore them'
const NO_LINK_LAYER = 'the packets of a TUN device have no link layer: no broadcast frames, no ARP'

/** Not done, though it could be. */
export const OPEN: Readonly<Record<string, string>> = {
  'R8899-3':
    'of datagram protocols: TCP takes a validated message at its word (RFC 1191), and finds out by probing if it was too small',
  'R4443-1':
    'no upper layer of ours could do anything with an error of a type that nobody has defined: it is counted',
}

/** Binds only those who do what we do not: a choice the RFC leaves, an alternative, a layer that is not ours. */
export const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  'MAY-6': 'keep-alives carry no octet of garbage (SHLD-12): everybody answers those without',
  'MAY-14': 'the API has no FLUSH',
  'MAY-17': 'PSH is not handed to the user, who reads what there is',
  'ST-5': 'the API has no SEND on a listener',
  'SA-6': NO_SECURITY,
  'SA-16': NO_SECURITY,
  'SA-37': 'the alternative to RFC 5961, whose rules are always on',
  'SA-42': NO_SECURITY,
  'SA-43': NO_SECURITY,
  'SA-47': 'the alternative to RFC 5961, whose rules are always on',
  'UC-5': 'the API has no OPEN on a listener',
  'UC-8': 'the API has no SEND on a listener',
  'R6582-7': 'none of the heuristics: where the test of recover refuses, the retransmission timer decides',
  'R6937-1': 'obsoleted by RFC 9937',
  'R6937-2': 'obsoleted by RFC 9937',
  'R6937-3': 'obsoleted by RFC 9937',
  'R1337-2': 'the alternative to R1337-1, which is what we do',
  'R1122-21': NO_LINK_LAYER,
  'R1122-22': NO_LINK_LAYER,
  'R6724-6': 'addresses of a stack are given by its user: none is deprecated, of a mobile node, or temporary',
  'R6724-7': 'the resolver sorts them; connect tries them in turn (RFC 8305 §4)',
}

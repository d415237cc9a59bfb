/** Why ours does so, for each kind of difference between the kernel's run of an experiment and ours. */
export const NOTES = {
  'where text is pushed':
    'Linux pushes whatever its device cuts into several segments. We push what the program has pushed: the end of a write.',
  'when an ACK or a window goes alone':
    'Both acknowledge every second full segment, and less after 40 ms. Which segments that are depends on how many come at once, and on when the program reads.',
  'the ACK of the FIN comes with the other FIN, or before it':
    'Where both programs close at the same time a few microseconds decide who is first.',
  'the FIN goes with the last text, or after it':
    'A write and a close in one turn of the program leave together. A kernel has sent the text before it hears of the close.',
  'text is cut into segments as one likes': 'The same: with the FIN the text is a segment of another shape.',
  'the time until it is sent again':
    'The least RTO is 1 s (RFC 6298 (2.4)), Linux has 200 ms. The option minRto changes it.',
  'FIN_WAIT_2 ends in silence, which not every run waits for or sees':
    'No segment tells of it, and the kernel has no tracepoint for a socket that nobody holds any more.',
  'TIME_WAIT ends in silence, which not every run waits for or sees': 'The same; and both last as long.',
  'what is sent again':
    'Our zero-window probes have an octet of text (RFC 9293 §3.8.6.1), Linux’s have none. After a loss the probe for the tail comes when the round trip says so, and no two runs measure the same.',
  'the path lost another segment':
    'The path of the experiment loses segments by number; where one more or less has gone before, another is hit.',
  'how many probes there are':
    'Probes follow one another at twice the interval each time, from an RTO on: the same rule, with another RTO.',
}

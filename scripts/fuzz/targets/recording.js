/** A recording whose blocks are whole and whose lines are whatever they are: played, or refused by a RecordingError. */
import { encodeBlock } from '../../../dist/src/trace/record/block.js'
import { differenceText } from '../../../dist/src/trace/record/difference.js'
import { replayHost } from '../../../dist/src/trace/record/host-replay.js'
import { RecordingError } from '../../../dist/src/trace/record/recording-error.js'
import { readRecording } from '../../../dist/src/trace/record/recording-file.js'

const HEADER = Buffer.from('{"tuntcp":"recording","version":2,"kind":"host"}\n')
/** Entries, as a recorder writes them. */
export const words = [
  ...[
    '["H",0,{},{},null]\n',
    '["L",0,"a",1500,false,false,["192.0.2.1/24"]]\n',
    '["R",1]\n',
    '["."]\n',
    '["/"]\n',
  ],
  ...[
    '["A",0,0]\n',
    '["D",0,0]\n',
    '["P",0,0,[["RQ==",0,0]]]\n',
    '["T","c",0]\n',
    '["C",0,"listen",[0,80],{}]\n',
  ],
  ...[
    '["C",0,"connect",[-1073741309,80],{}]\n',
    '["C",0,"send",0,"eA=="]\n',
    '["C",0,"close host",-1,null]\n',
  ],
  ...[
    '["C",0,"accept",0,null]\n',
    '"receive"',
    '"configure"',
    '"abort"',
    '"release"',
    '["E",{"type":"timer"}]\n',
  ],
]

/** One in so many is given to the reader as it is: its blocks are not whole then. */
const BARE = 8

export const fuzz = data => {
  const bare = data.length > 0 && data[0] % BARE === 0
  const file = bare
    ? Buffer.concat([encodeBlock('lines', 0, HEADER), data])
    : encodeBlock('lines', 0, Buffer.concat([HEADER, data.subarray(1)]))
  try {
    const { difference } = replayHost(readRecording(file))
    if (difference !== null) differenceText(difference)
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error
  }
}

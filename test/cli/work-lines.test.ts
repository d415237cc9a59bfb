/** Lines by the control socket cost no more, letter by letter, when they are long, or come in many pieces. */
import { lineSplitter } from '../../src/cli/control-protocol.ts'
import { counting, growth } from '../support/operations.ts'

counting('a long line that comes in many pieces is looked at once', t => {
  const ratio = growth(500, n => () => {
    const split = lineSplitter()
    for (let i = 0; i < n; i++) if (split.lines('x'.repeat(20)).length > 0) throw new Error('no end has come')
    const [line] = split.lines('y\nz')
    if (line?.length !== 20 * n + 1 || split.rest !== 1) throw new Error(`${line?.length}`)
  })
  t.true(ratio < 2.1, `${ratio}`)
})

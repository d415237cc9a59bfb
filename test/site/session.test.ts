/** The session of an experiment: what its buttons act on. */
import test from 'ava'
import { emptyPlan } from '../../src/site/experiment/plan.ts'
import { Session } from '../../src/site/page/session.ts'
import { Viewer } from '../../src/view/page/viewer.ts'

const session = (): Session => {
  const session = new Session(new Viewer(1000), emptyPlan())
  session.pace = 'hand'
  session.act({ do: 'listen', host: 1 })
  return session
}

test('who opens another connection goes on with that one, and may look at an older one again', t => {
  const s = session()
  s.act({ do: 'connect', host: 0 })
  const first = s.viewer.chosen
  t.is(s.connection, 0)
  s.act({ do: 'connect', host: 0 })
  t.is(s.connection, 1)
  s.viewer.choose(first)
  t.is(s.connection, 0)
  s.act({ do: 'close', host: 0, connection: 0 })
  t.is(s.connection, 0)
})

test('an attempt to connect for which there is no port changes nothing', t => {
  const s = session()
  s.act({ do: 'connect', host: 0 })
  s.act({ do: 'crash', host: 0 })
  t.is(s.act({ do: 'connect', host: 0 }), 'down')
  t.is(s.connection, 0)
})

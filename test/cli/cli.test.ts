import { namespaceTest } from '../support/namespace.ts'
import { cases as connect } from './connect-cases.ts'
import { cases as serve } from './serve-cases.ts'
import { cases as ss } from './ss-cases.ts'

for (const [module, cases] of Object.entries({ serve, connect, ss }))
  for (const name of Object.keys(cases))
    namespaceTest.serial(name, new URL(`./${module}-cases.js`, import.meta.url), name)

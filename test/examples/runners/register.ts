// With --import: a test written for vitest or jest, neither of which is installed here, runs under node:test.
import { register } from 'node:module'

register('./hooks.js', import.meta.url)

/** The playground's beginning. */
import { render } from 'preact'
import { firstLanguage } from '../words/language.ts'
import { ENGLISH, loadWords } from '../words/words.ts'
import { routeOf } from './route.ts'
import { Shell } from './shell.tsx'

void loadWords(firstLanguage(routeOf(location.hash).language))
  .catch(() => ENGLISH)
  .then(first => render(<Shell first={first} />, document.body))

/** The playground's beginning. */
import { render } from 'preact'
import { keepFocus } from '../../view/page/keep-focus.ts'
import { firstLanguage } from '../words/language.ts'
import { ENGLISH, loadWords } from '../words/words.ts'
import { routeOf } from './route.ts'
import { Shell } from './shell.tsx'

keepFocus()
void loadWords(firstLanguage(routeOf(location.hash).language))
  .catch(() => ENGLISH)
  .then(first => render(<Shell first={first} />, document.body))

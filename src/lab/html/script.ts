/** The script of a page: arrow keys between segments, and their details without leaving the ladder. */
import { openDetails } from './open-details.ts'

export const SCRIPT = `'use strict';(${openDetails})(document);`

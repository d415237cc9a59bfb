/** Handles that are open, for leak finders and for the question why a process does not end. */
import { ownerOf } from './node-inside.ts'
import { openHandles } from './open-handles.ts'

interface Looked {
  getActiveResourcesInfo?(): string[]
  _getActiveHandles?(): object[]
}

/** @returns undoes it */
export const installSeen = (): (() => void) => {
  const looked = process as unknown as Looked
  const { getActiveResourcesInfo, _getActiveHandles } = looked
  if (getActiveResourcesInfo !== undefined)
    looked.getActiveResourcesInfo = () => [
      ...getActiveResourcesInfo.call(process),
      ...openHandles().map(([_handle, kind]) => kind),
    ]
  if (_getActiveHandles !== undefined)
    looked._getActiveHandles = () => [
      ..._getActiveHandles.call(process),
      ...openHandles().map(([handle]) => ownerOf(handle) ?? handle),
    ]
  return () => Object.assign(looked, { getActiveResourcesInfo, _getActiveHandles })
}

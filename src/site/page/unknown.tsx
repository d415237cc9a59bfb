/** The answer to an address that names what is not there: what is shown in its place is not what was asked for. */
import { useWords } from '../words/words.ts'

/** @param props.address the part of it that names nothing here; '' when all is well */
export const Unknown = ({ address }: { readonly address: string }) => {
  const words = useWords()
  return address === '' ? null : (
    <p class="trouble" role="alert">
      {words.unknown(address)}
    </p>
  )
}

# The shell at the end of the demo (bash --rcfile): the log of the stack is shown while a command runs and before the next
# prompt, never in the midst of what is typed. $DEMO is the directory of the demo.

# shellcheck source=/dev/null
[ ! -f ~/.bashrc ] || . ~/.bashrc

# A command begins: from now on the log is shown as it comes.
demo_begin() { : >"$DEMO/busy"; }

# A command has ended. The last of what it has caused is still on its way.
demo_end() {
  sleep 0.2
  rm -f "$DEMO/busy"
  # A line that was about to be shown is shown before the prompt, not after it.
  sleep 0.05
  [ -s "$DEMO/pending" ] || return 0
  mv "$DEMO/pending" "$DEMO/shown"
  cat "$DEMO/shown"
  rm -f "$DEMO/shown"
}

# Shows the transitions and timers of a log, now or at the next prompt.
demo_log() {
  local line
  while IFS= read -r line; do
    case $line in
    *' → '*§* | *' timer fired'*) ;;
    *) continue ;;
    esac
    if [ -e "$DEMO/busy" ]; then printf '%s\n' "$line"; else printf '%s\n' "$line" >>"$DEMO/pending"; fi
  done
}

PS0='$(demo_begin)'
PROMPT_COMMAND=demo_end

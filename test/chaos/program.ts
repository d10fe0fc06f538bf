/** Names of the variables that an instance of the run carries. */
export const JOURNAL = 'CHAOS_JOURNAL';
export const MARK = 'CHAOS_MARK';

/** Marks of this kind end at once. */
export const BROKEN = 'broken';

/**
 * What the run releases: a shell that notes when it starts and when it is told to end, by a clock that the run reads,
 * too. One line is one write that appends, so that lines of many never mix.
 */
export const PROGRAM = `
say() { read -r up rest < /proc/uptime; echo "$up $1 $MARATHON_APP_ID $MESOS_TASK_ID $CHAOS_MARK" >> "$CHAOS_JOURNAL"; }
case "$CHAOS_MARK" in ${BROKEN}*) exit 1;; esac
trap 'say told; exit 0' TERM
say start
sleep 1000000 & wait $!
`.trim();

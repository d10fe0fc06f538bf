/** $0 of the shim: how it is told from what it leads. */
export const SHIM_NAME = 'slipway-shim';

/**
 * A small shell that leads the process group of an instance and outlives the service: it notes who it is before
 * anything else, and how the program ended after everything else. $1 is the instance's folder, the rest is the program.
 *
 * - Its traps do nothing: a signal to the group reaches the program, which has its defaults, and the shim stays to note
 *   the status. SIGKILL to the group ends both; then the service knows that it was itself, or that nobody knows.
 * - What the program leaves in the group ends with it, the shim as well; where the status could not be written
 *   (full disk) the shim ends with that status instead.
 * - Its variables are named so that they are none of the program's.
 */
export const SHIM = `
_slipway_dir=$1; shift
read -r _slipway_boot < /proc/sys/kernel/random/boot_id
read -r _slipway_stat < /proc/$$/stat
printf '%s\\n%s\\n' "$_slipway_boot" "$_slipway_stat" > "$_slipway_dir/pid"
trap : HUP INT QUIT PIPE ALRM TERM USR1 USR2
"$@"
_slipway_status=$?
printf '%s\\n' "$_slipway_status" > "$_slipway_dir/exit" && kill -KILL 0
exit "$_slipway_status"
`;

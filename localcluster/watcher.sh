# Ends what a folder's programs left running, once their starter is gone.
#
#   watcher FOLDER remove|keep
#
# Standard input is a pipe of which only the starter holds the other end, so the
# read below returns when the starter closes it or dies, however it dies. Every
# program leaves a file named by its process id in FOLDER/running before it
# becomes the program, and can't when that folder has been moved away: so none is
# missed.
read -r _
cd "$1" 2>/dev/null || exit 0 # the starter died before it made the folder
mv running ended 2>/dev/null

# alive lists the programs that have not ended. One that has ended and that the
# machine's first process has yet to take note of, a zombie, counts as ended.
alive() {
	for file in ended/*; do
		pid=${file##*/}
		grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null && continue
		kill -0 "$pid" 2>/dev/null && echo "$pid"
	done
	return 0
}

# QUIT is PostgreSQL's immediate shutdown: it ends its own children and frees its
# shared memory, and so does initdb. Whatever is left after five seconds is killed
# with its process group.
tries=0
while left=$(alive) && [ -n "$left" ] && [ "$tries" -lt 60 ]; do
	for pid in $left; do
		case $tries in
		0) kill -s QUIT "$pid" 2>/dev/null ;;
		50) kill -s KILL -- "-$pid" 2>/dev/null ;;
		esac
	done
	tries=$((tries + 1))
	sleep 0.1
done

# A PostgreSQL that was killed leaves its pid file, whose seventh line names a
# System V segment that would outlive it. Where the data is kept, the next start
# sees to it.
if [ "$2" = remove ] && [ -f data/postmaster.pid ]; then
	segment=$(sed -n '7s/.* //p' data/postmaster.pid)
	[ -n "$segment" ] && ipcrm -m "$segment" 2>/dev/null
fi

rm -rf ended
cd /
[ "$2" = remove ] && rm -rf "$1"
exit 0

# Ends what a folder's programs left running, once their starter is gone.
#
#   sh -c "$(cat watcher.sh)" watcher FOLDER remove|keep
#
# Standard input is a pipe of which only the starter holds the other end, so the
# read below returns when the starter closes it or dies, however it dies. Every
# program leaves a file named by its process id in FOLDER/running before it
# becomes the program, and can't when that folder has been moved away: so none is
# missed.
cd "$1" || exit 1
read -r _
mv running ended

alive() {
	for file in ended/*; do
		kill -0 "${file##*/}" 2>/dev/null && echo "${file##*/}"
	done
	return 0
}

# QUIT is PostgreSQL's immediate shutdown: it ends its own children and frees its
# shared memory. Whatever is left after five seconds is killed.
signal=QUIT
tries=0
while left=$(alive) && [ -n "$left" ] && [ "$tries" -lt 60 ]; do
	[ "$tries" -eq 50 ] && signal=KILL
	# shellcheck disable=SC2086 # one word for each process
	[ $((tries % 50)) -eq 0 ] && kill "-$signal" $left 2>/dev/null
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

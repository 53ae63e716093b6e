#!/bin/sh
# The guest's first process. The host's own root lies below, read-only: only /run can be written,
# and of the host's files only the folder of answers, which is mounted at /run/answers.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run TMPDIR=/run/tmp XDG_RUNTIME_DIR=/run/user LANG=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o size=700m,mode=755 tmpfs /run
mkdir -p /run/tmp /run/answers /run/modules/lib/modules /dev/pts /dev/shm
mkdir -m 700 /run/user
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t hostfs -o "$FILED_ANSWERS" none /run/answers

# the kernel's own requests for modules have to look where Debian put them
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/modules/lib/modules/
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/modules "$@"\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe

ip link set lo up
cd "$FILED_CHECKOUT" || exit 1
"$FILED_PYTHON" -m tests.uml.guest
echo o >/proc/sysrq-trigger
sleep 30

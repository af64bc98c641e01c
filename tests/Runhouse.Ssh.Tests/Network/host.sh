#!/usr/bin/env bash
# host.sh FOLDER NAME LINK [with-dotnet] [with-systemd]: process 1 of a test host. Started in namespaces of its own, it makes the machine's files a copy-on-write view of its own, with
# an empty /root, /home, /tmp and /run and, unless it is told otherwise, without .NET, says "ready" and lives until its input ends, which it does when the tests end, however they do.
# With systemd, that becomes process 1, in control groups of its own, and has what a login takes.
set -euo pipefail
folder=$1
name=$2
link=$3

mount --make-rprivate /
hostname "$name"
mkdir -p "$folder/layer" "$folder/root"
mount -t tmpfs -o size=2g,mode=755 tmpfs "$folder/layer"
mkdir "$folder/layer/upper" "$folder/layer/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/layer/upper,workdir=$folder/layer/work" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=700 tmpfs root
mount -t tmpfs -o mode=755 tmpfs home
if [[ " $* " != *" with-dotnet "* ]] && dotnet=$(command -v dotnet); then
    rm -f ".$dotnet"
    dotnet=$(dirname "$(readlink -f "$dotnet")")
    [ ! -d ".$dotnet" ] || mount -t tmpfs tmpfs ".$dotnet"
fi
printf '127.0.0.1 localhost %s\n' "$name" > etc/hosts
mkdir -p run/sshd .old
if [[ " $* " == *" with-systemd "* ]]; then
    while IFS=: read -r _ controllers path; do
        case $controllers in
        '') hierarchy=$(findmnt --noheadings --output TARGET --types cgroup2 | head -n 1) ;;
        *) hierarchy=/sys/fs/cgroup/${controllers#name=} ;;
        esac
        # Those that take no processes without more settings have no use for it either.
        [ -d "$hierarchy$path" ] && mkdir -p "$hierarchy$path/$link" && { echo $$ > "$hierarchy$path/$link/cgroup.procs" || rmdir "$hierarchy$path/$link"; } 2>/dev/null
    done < <(cat /proc/self/cgroup)
    mount -t sysfs -o ro sysfs sys
    cat > etc/systemd/system/machine.target <<'END'
[Unit]
Requires=dbus.socket systemd-logind.service systemd-user-sessions.service
After=dbus.socket systemd-logind.service systemd-user-sessions.service
END
    tr -d - < /proc/sys/kernel/random/uuid > etc/machine-id
fi
pivot_root . .old
umount -l /.old
cd /
useradd -m -s /bin/bash ada
echo 'ada:correct horse' | chpasswd
ip link set lo up
if [[ " $* " == *" with-systemd "* ]]; then
    exec 3<&0
    # Off at once, as if somebody pulled the plug.
    (read -r _ <&3 || true; systemctl --force --force poweroff) &
    echo ready
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin unshare --cgroup sh -c 'mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
        mkdir /sys/fs/cgroup/systemd
        mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd || mount -t cgroup2 cgroup2 /sys/fs/cgroup
        exec /usr/lib/systemd/systemd --system --unit=machine.target --log-target=null --show-status=no' </dev/null
fi
echo ready
read -r _ || true

#!/usr/bin/env bash
# release.sh N: gives the subnet back.
ip link del "rht$1" 2>/dev/null || true
rm -f "/tmp/runhouse-ssh-tests/$1"

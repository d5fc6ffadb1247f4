#!/bin/bash
# What an expert with kubectl alone puts into a pipeline: stop at the first certain sign in a pod, else trust
# `kubectl rollout status`; then undo, and wait. Usage: expert.sh NAMESPACE DEPLOYMENT
set -u
namespace=$1
deployment=$2
certain='ErrImagePull|ImagePullBackOff|InvalidImageName|CreateContainerConfigError|RunContainerError|CrashLoopBackOff'

# Both sources in one stream of lines, so that whichever speaks first is heard first.
exec 3< <(
  kubectl -n "$namespace" get pods -l "app=$deployment" --watch \
    -o jsonpath='{"pod "}{.metadata.name}{" "}{.status.containerStatuses[*].state.waiting.reason}{"\n"}' &
  if kubectl -n "$namespace" rollout status "deployment/$deployment" --timeout=120s >/dev/null 2>&1; then
    echo 'rollout complete'
  else
    echo 'rollout late'
  fi
)

while read -r -u 3 what name reason; do
  case "$what $name" in
    'rollout complete')
      echo 'VERDICT good'
      exit 0
      ;;
    'rollout late')
      reason='rollout status gave up'
      break
      ;;
  esac
  [[ $reason =~ $certain ]] && break
done

echo "VERDICT failed: $reason"
kubectl -n "$namespace" rollout undo "deployment/$deployment" || exit 1
kubectl -n "$namespace" rollout status "deployment/$deployment" --timeout=60s

import { Ban, CircleCheck, CircleDashed, CircleDot, CircleX, Clock, Hourglass, LoaderCircle, TimerOff, UserRound, type LucideIcon } from "lucide-react";
import type { AssignmentStatus, ExecutionStatus } from "../api/types";

export type Status = ExecutionStatus | AssignmentStatus;

interface Look {
  readonly label: string;
  readonly icon: LucideIcon;
}

/** Each status has an icon of its own, because colour alone is not enough. */
export const LOOKS: Readonly<Record<Status, Look>> = {
  pending: { label: "Pending", icon: CircleDot },
  running: { label: "Running", icon: LoaderCircle },
  waiting: { label: "Waiting", icon: Clock },
  paused: { label: "Paused", icon: UserRound },
  completed: { label: "Completed", icon: CircleCheck },
  failed: { label: "Failed", icon: CircleX },
  cancelled: { label: "Cancelled", icon: Ban },
  timed_out: { label: "Timed out", icon: TimerOff },
  holding: { label: "Holding", icon: Hourglass },
};

export const NOT_REACHED: Look = { label: "Not reached", icon: CircleDashed };

export const EXECUTION_STATUSES: readonly ExecutionStatus[] = ["running", "waiting", "paused", "pending", "completed", "failed", "cancelled", "timed_out"];

export function hasEnded(status: Status): boolean {
  return status === "completed" || status === "failed" || status === "cancelled" || status === "timed_out";
}

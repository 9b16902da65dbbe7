/** The icon and the colour of each family of node types. An unknown family gets a neutral icon and colour. */

import {
  Bot,
  Braces,
  CalendarClock,
  CircleStop,
  Clock,
  Code,
  Container,
  CornerUpLeft,
  Database,
  GitFork,
  GitMerge,
  Globe,
  Hand,
  MessageSquare,
  OctagonX,
  Play,
  Puzzle,
  Radio,
  Repeat,
  Route,
  Save,
  Send,
  Split,
  Vote,
  Webhook,
  Workflow,
  Wrench,
  type LucideIcon,
} from "lucide-react";

export interface NodeLook {
  readonly icon: LucideIcon;
  /** The hue of the family, in degrees. */
  readonly hue: number;
}

export interface Family {
  readonly label: string;
  readonly hue: number;
  readonly icon: LucideIcon;
}

/** In the order in which the palette shows them. */
export const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ["TRIGGER_NODE", { label: "Triggers", hue: 150, icon: Play }],
  ["FLOW_NODE", { label: "Flow", hue: 265, icon: Split }],
  ["ACTION_NODE", { label: "Actions", hue: 235, icon: Globe }],
  ["HUMAN_IN_THE_LOOP_NODE", { label: "People", hue: 325, icon: Hand }],
  ["AI_AGENT_NODE", { label: "AI agents", hue: 300, icon: Bot }],
  ["TOOL_NODE", { label: "Tools", hue: 60, icon: Wrench }],
  ["MEMORY_NODE", { label: "Memory", hue: 200, icon: Database }],
  ["JOB_NODE", { label: "Jobs", hue: 30, icon: Container }],
]);

const ICONS: ReadonlyMap<string, LucideIcon> = new Map([
  ["MANUAL", Play],
  ["WEBHOOK", Webhook],
  ["SCHEDULE", CalendarClock],
  ["EVENT", Radio],
  ["IF", Split],
  ["SWITCH", GitFork],
  ["ROUTER", Route],
  ["CONSENSUS", Vote],
  ["JOIN", GitMerge],
  ["WAIT", Clock],
  ["WAIT_FOR_SIGNAL", Radio],
  ["GOTO", CornerUpLeft],
  ["MAP", Repeat],
  ["SUBWORKFLOW", Workflow],
  ["SET_CONTEXT", Save],
  ["FAIL", OctagonX],
  ["END", CircleStop],
  ["HTTP_REQUEST", Globe],
  ["RUN_CODE", Code],
  ["SQL_QUERY", Database],
  ["TRANSFORM", Braces],
  ["SEND_EMAIL", Send],
  ["SEND_SLACK", MessageSquare],
]);

export function familyOf(type: string): Family {
  return FAMILIES.get(type) ?? { label: type.replace(/_NODE$/, "").replaceAll("_", " ").toLowerCase().replace(/^./, (first) => first.toUpperCase()), hue: 90, icon: Puzzle };
}

export function nodeLook(type: string, subtype: string): NodeLook {
  const family = familyOf(type);
  return { icon: ICONS.get(subtype) ?? family.icon, hue: family.hue };
}

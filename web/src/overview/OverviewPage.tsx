import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { useSearchParams } from "react-router";
import { answer, api } from "../api/client";
import type { Overview } from "../api/types";
import { ButtonLink, Card, count, duration, EmptyState, ErrorPanel, Moment, Segments, Skeleton } from "../design";
import { Page } from "../shell/Page";
import { Rocket } from "lucide-react";
import { totalsOf } from "./chart";
import { Health } from "./Health";
import styles from "./overview.module.css";
import { ThroughputChart } from "./ThroughputChart";
import { FailingNodes, Waiting } from "./Trouble";
import { Queues, Workers } from "./WorkersAndQueues";

const FirstWorkflow = lazy(() => import("../workflows/FirstWorkflow"));

const EVERY = 4_000;
const WINDOWS = [
  { value: "15", label: "15 min" },
  { value: "60", label: "1 h" },
  { value: "1440", label: "24 h" },
  { value: "10080", label: "7 d" },
] as const;
type Window = (typeof WINDOWS)[number]["value"];

export default function OverviewPage() {
  const [search, setSearch] = useSearchParams();
  const window: Window = WINDOWS.find((item) => item.value === search.get("window"))?.value ?? "60";
  const overview = useQuery({
    queryKey: ["overview", window],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/overview", { params: { query: { window_minutes: Number(window) } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
  return (
    <Page title="Overview" actions={<Segments label="Window" options={WINDOWS} value={window} onChange={(value) => setSearch({ window: value }, { replace: true })} />}>
      {overview.error && <ErrorPanel error={overview.error} onRetry={() => void overview.refetch()} />}
      {overview.data && totalsOf(overview.data.buckets).started === 0 && (
        <Suspense fallback={null}>
          <FirstWorkflow />
        </Suspense>
      )}
      {overview.data ? <Figures overview={overview.data} /> : overview.isPending && <Skeleton rows={8} label="Loading the overview" />}
      <div className={styles.columns}>
        <Workers every={EVERY} />
        <Queues every={EVERY} />
      </div>
    </Page>
  );
}

function Figures({ overview }: { readonly overview: Overview }) {
  const totals = totalsOf(overview.buckets);
  const { durations } = overview;
  return (
    <>
      <Card flush>
        <dl className={styles.figures}>
          <Figure label="Started" value={count(totals.started)} about={rate(totals.started, overview.window_minutes)} />
          <Figure label="Completed" value={count(totals.completed)} about={rate(totals.completed, overview.window_minutes)} />
          <Figure label="Unsuccessful" value={count(totals.failed)} about={totals.failedShare === null ? "nothing ended" : `${(totals.failedShare * 100).toFixed(totals.failedShare < 0.1 ? 1 : 0)} % of what ended`} bad={totals.failed > 0} />
          <Figure label="Median" value={seconds(durations.p50_seconds)} about="start to end, p50" />
          <Figure label="Slow" value={seconds(durations.p95_seconds)} about="p95" />
          <Figure label="Slowest" value={seconds(durations.p99_seconds)} about="p99" />
        </dl>
      </Card>
      <div className={styles.main}>
        <Card title="Throughput" aside={<small>{bucketText(overview.bucket_seconds)} per column</small>}>
          {totals.started === 0 ? (
            <EmptyState icon={Rocket} title="Nothing was started in this window" actions={<ButtonLink to="/workflows">Workflows</ButtonLink>}>
              Choose a longer window, or start an execution from a workflow.
            </EmptyState>
          ) : (
            <ThroughputChart overview={overview} />
          )}
        </Card>
        <Health findings={overview.findings} />
      </div>
      <div className={styles.columns}>
        <FailingNodes nodes={overview.failing_nodes} />
        <Waiting waiting={overview.waiting} />
      </div>
      <p className={styles.asOf}>
        As of <Moment at={overview.at} />, refreshed every {EVERY / 1_000} seconds
      </p>
    </>
  );
}

function Figure({ label, value, about, bad = false }: { readonly label: string; readonly value: string; readonly about: string; readonly bad?: boolean }) {
  return (
    <div className={styles.figure}>
      <dt>{label}</dt>
      <dd>
        <b className={bad ? styles.bad : undefined}>{value}</b>
        <small>{about}</small>
      </dd>
    </div>
  );
}

function rate(number: number, minutes: number): string {
  const each = number / minutes;
  if (each >= 60) return `${(each / 60).toFixed(1)} a second`;
  return each >= 1 || each === 0 ? `${each.toFixed(each < 10 ? 1 : 0)} per minute` : `${(each * 60).toFixed(1)} per hour`;
}

function seconds(value: number | null): string {
  return value === null ? "–" : duration(value * 1_000);
}

function bucketText(value: number): string {
  return duration(value * 1_000).replace(/\.0+ s$/, " s");
}

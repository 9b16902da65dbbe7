// graphile-worker: throughput of jobs that do nothing, added before, taken by one process in the setting of its page on performance
// (a local queue, completions in batches). A job has no steps: it is what one node of a chain costs where nothing follows from it.
"use strict";
const { EventEmitter } = require("node:events");
const { Logger, run, runMigrations } = require("graphile-worker");
const pg = require("pg");

const settings = JSON.parse(process.argv[2]);
const logger = new Logger(() => () => {});

async function main() {
  const pool = new pg.Pool({ connectionString: settings.url, max: settings.connections });
  await runMigrations({ pgPool: pool, logger });
  await addJobs(pool);
  let executed = 0;
  let allExecuted;
  const last = new Promise((resolve) => (allExecuted = resolve));
  const noop = async () => {
    if (++executed === settings.jobs) allExecuted();
  };
  const events = new EventEmitter();
  let started;
  events.once("pool:create", () => (started = process.hrtime.bigint())); // the first claim follows at once
  const runner = await run({
    pgPool: pool,
    logger,
    events,
    taskList: { noop },
    noHandleSignals: true,
    preset: {
      worker: {
        concurrentJobs: settings.concurrency,
        localQueue: { size: settings.local_queue },
        completeJobBatchDelay: settings.batch_delay,
        failJobBatchDelay: settings.batch_delay,
      },
    },
  });
  await last;
  while ((await pool.query("select exists (select from graphile_worker._private_jobs) as open")).rows[0].open) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await runner.stop();
  await pool.end();
  console.log("result " + JSON.stringify({ jobs_per_second: settings.jobs / seconds, seconds }));
}

async function addJobs(pool) {
  await pool.query(
    `select count(*) from graphile_worker.add_jobs(array(
       select row('noop', json_build_object('number', n % 1000), null, null, null, null, null, null)::graphile_worker.job_spec
       from generate_series(1, $1::int) as n))`,
    [settings.jobs],
  );
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

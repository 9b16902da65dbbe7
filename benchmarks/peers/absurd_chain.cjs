// Absurd (TypeScript SDK): throughput of a task of 10 steps, spawned before, taken by one worker with tasks side by side over a pool of connections.
// Its schema is installed by the script beside this one, in Python.
"use strict";
const { Absurd } = require("absurd-sdk");
const pg = require("pg");

const settings = JSON.parse(process.argv[2]);

async function main() {
  const pool = new pg.Pool({ connectionString: settings.url, max: settings.connections });
  const app = new Absurd({ db: pool });
  app.registerTask({ name: "chain" }, async (params, context) => {
    let value = params.value;
    for (let number = 0; number < 10; number++) {
      const before = value;
      value = await context.step(`step-${number}`, async () => before + 1);
    }
    return { value };
  });
  await app.createQueue("default");
  for (let number = 0; number < settings.executions; number++) {
    await app.spawn("chain", { value: number });
  }
  const started = process.hrtime.bigint();
  const worker = await app.startWorker({ concurrency: settings.concurrency, pollInterval: 0.02 });
  for (;;) {
    const open = await pool.query("select count(*)::int as open from absurd.t_default where state <> 'completed'");
    if (open.rows[0].open === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  await worker.close();
  await app.close();
  await pool.end();
  console.log("result " + JSON.stringify({ steps_per_second: (settings.executions * 10) / seconds, seconds }));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

import { median, spread } from "./statistics.ts";
import { type Figure, type Figures, type Goal, moreIsBetter, type Workload } from "./workloads/workload.ts";

export const apacheName = "apache-kafka";
export const apacheAgainName = "apache-kafka again";
export const sinkName = "sink";

/** Above this share of what the load generator reaches by itself, it is measured more than the broker is. */
const ceilingShare = 0.85;

export interface Cell {
  readonly median: number;
  /** See {@link spread}. */
  readonly spread: number;
  readonly values: readonly number[];
}

export interface Verdict {
  readonly goal: Goal;
  /** Ratios to Apache Kafka. */
  readonly best: number;
  readonly worst: number;
  readonly isMet: boolean;
}

/** Everything that was measured. */
export class Results {
  readonly workloads: readonly Workload[];
  /** Names of Polylog's runtimes, then Apache Kafka if it was measured. */
  readonly columns: readonly string[];
  private readonly rounds = new Map<string, Figures[]>();

  constructor(workloads: readonly Workload[], columns: readonly string[]) {
    this.workloads = workloads;
    this.columns = columns;
  }

  add(workload: Workload, column: string, figures: Figures): void {
    const key = `${workload.id} ${column}`;
    this.rounds.set(key, [...(this.rounds.get(key) ?? []), figures]);
  }

  figuresOf(workload: Workload): Figure[] {
    return [
      ...new Set(this.columns.flatMap((column) => this.of(workload, column).flatMap((round) => [...round.keys()]))),
    ];
  }

  cell(workload: Workload, column: string, figure: Figure): Cell | undefined {
    const values = this.of(workload, column).flatMap((round) => round.get(figure) ?? []);
    return values.length === 0 ? undefined : { median: median(values), spread: spread(values), values };
  }

  /** To Apache Kafka. */
  ratio(workload: Workload, column: string, figure: Figure): number | undefined {
    const own = this.cell(workload, column, figure);
    const other = this.cell(workload, apacheName, figure);
    return own === undefined || other === undefined ? undefined : own.median / other.median;
  }

  /** How far Apache Kafka is from itself. */
  noise(workload: Workload, figure: Figure): number | undefined {
    const ratio = this.ratio(workload, apacheAgainName, figure);
    return ratio === undefined ? undefined : Math.max(ratio, 1 / ratio) - 1;
  }

  /** The load generator ran into its own limit. */
  isBound(workload: Workload, column: string): boolean {
    const ceiling = this.cell(workload, sinkName, "MB/s");
    const own = this.cell(workload, column, "MB/s");
    return ceiling !== undefined && own !== undefined && own.median > ceilingShare * ceiling.median;
  }

  /** Undefined where there is no goal, or no Apache Kafka to compare with. */
  verdict(workload: Workload, figure: Figure): Verdict | undefined {
    const goal = workload.goals.get(figure);
    const runtimes = this.columns.filter((column) => column !== apacheName);
    const ratios = runtimes.flatMap((column) => this.ratio(workload, column, figure) ?? []);
    if (goal === undefined || ratios.length < runtimes.length) return undefined;
    const more = moreIsBetter(figure);
    const [least, greatest] = [Math.min(...ratios), Math.max(...ratios)];
    const [best, worst] = more ? [greatest, least] : [least, greatest];
    const allowed = 1 + (this.noise(workload, figure) ?? 0);
    const reaches = (ratio: number, wanted: number) => (more ? ratio * allowed >= wanted : ratio / allowed <= wanted);
    return { goal, best, worst, isMet: reaches(best, goal.best) && reaches(worst, goal.every) };
  }

  private of(workload: Workload, column: string): readonly Figures[] {
    return this.rounds.get(`${workload.id} ${column}`) ?? [];
  }
}

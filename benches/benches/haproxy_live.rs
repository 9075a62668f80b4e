//! What a running HAProxy sends all the time: log lines and counters.

#![allow(missing_docs, reason = "criterion's macros make functions that nobody calls")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vamp_haproxy::counters::Statistics;
use vamp_haproxy::log::LogLine;
use vamp_haproxy::metrics::Metrics;

/// Datagrams of syslog as HAProxy sends them, each another request, with names as long as lookup names.
fn datagrams(count: u32) -> Vec<Vec<u8>> {
    let datagram = |number: u32| {
        format!(
            r##"<134>Nov 23 06:18:09 haproxy[4484]: {{"ci":"192.0.2.{}","cp":{},"t":"23/Nov/2026:06:18:09.{:03}","ft":"{:040x}","b":"{:040x}","s":"{:040x}","Tq":0,"Tw":0,"Tc":1,"Tr":{},"Tt":{},"ST":200,"B":{},"CC":"-","CS":"-","tsc":"--NI","ac":15,"fc":11,"bc":2,"sc":1,"rc":0,"sq":0,"bq":0,"hr":"","hs":"","r":"GET /products/{number}/reviews?page=#22{}#22 HTTP/1.1"}}"##,
            number % 250,
            20_000 + number % 40_000,
            number % 1000,
            u128::from(number % 100) * 0x1234_5678_9abc_def0,
            u128::from(number % 100) * 0x1234_5678_9abc_def1,
            u128::from(number % 600) * 0x1234_5678_9abc_def2,
            number % 90,
            number % 97,
            300 + number % 50_000,
            number % 7,
        )
        .into_bytes()
    };
    (0..count).map(datagram).collect()
}

/// The same lines after a program has changed the order of the keys.
fn in_another_order(datagrams: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let changed = |datagram: &Vec<u8>| {
        let text = String::from_utf8_lossy(datagram).into_owned();
        let tail = r#","CC":"-","CS":"-""#;
        text.replace(tail, "")
            .replacen('{', &format!("{{{},", &tail[1..]), 1)
            .into_bytes()
    };
    datagrams.iter().map(changed).collect()
}

fn records(lines: &[Vec<u8>]) -> usize {
    lines
        .iter()
        .filter(|line| black_box(LogLine::read(line)).record().is_some())
        .count()
}

/// An answer to `show stat` as long as that of HAProxy 2.6.
fn statistics(servers: usize) -> String {
    let mut answer = "# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,\n".to_owned();
    for number in 0..servers {
        // Writing to a String does not fail.
        let _ = writeln!(
            answer,
            "{:040x},{number:040x},0,0,1,3,,{},{},{},,0,,0,0,0,0,UP,100,1,0,0,0,86400,0,,1,3,{number},,{},,2,4,,9,L7OK,200,3,0,{},0,3,1,0,0,,,,0,0,,,,,0,,,0,1,12,15,,,,Layer7 check passed,,2,3,4,,,,10.1.2.3:31000,,http,,,,,,,,0,120,880,,,2,,0,4,90,120,0,1,1,0,2,100,",
            number / 6,
            number * 7,
            number * 700,
            number * 70_000,
            number * 7,
            number * 6,
        );
    }
    answer
}

fn live(criterion: &mut Criterion) {
    let written = datagrams(1000);
    let other = in_another_order(&written);
    assert_eq!((records(&written), records(&other)), (1000, 1000));
    let mut group = criterion.benchmark_group("haproxy/log");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("lines", |bencher| bencher.iter(|| records(black_box(&written))));
    group.bench_function("lines in another order", |bencher| {
        bencher.iter(|| records(black_box(&other)));
    });
    group.bench_function("lines read and counted", |bencher| {
        let mut metrics = Metrics::default();
        bencher.iter(|| {
            for line in black_box(&written) {
                if let LogLine::Record(record) = LogLine::read(line) {
                    metrics.add(0, &record);
                }
            }
        });
    });
    group.finish();

    let answer = statistics(10_000);
    let mut group = criterion.benchmark_group("haproxy/show stat");
    group.throughput(Throughput::Bytes(answer.len() as u64));
    group.sample_size(20);
    group.bench_function("10,000 servers", |bencher| {
        bencher.iter(|| Statistics::read(black_box(&answer)).map(|statistics| statistics.rows().len()));
    });
    group.finish();
}

criterion_group!(logs_and_counters, live);
criterion_main!(logs_and_counters);
